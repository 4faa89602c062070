#!/usr/bin/env python3
"""Suites and data by a seeded generator, run by Great Expectations itself; needs great_expectations==1.24.1 and pandas:

    python test/vectors/generateValidation.py 40 > gx.json

validation.json.gz holds its output, without results that depend on the order of a Python set or on NaN not being NaN."""
import great_expectations as gx, pandas as pd, numpy as np, json, random, warnings, logging, sys
warnings.filterwarnings("ignore"); logging.disable(logging.CRITICAL)
import great_expectations.expectations as gxe
from great_expectations.core import ExpectationSuite
ctx=gx.get_context(mode="ephemeral"); ctx.variables.progress_bars={"globally":False}
ds=ctx.data_sources.add_pandas("p"); asset=ds.add_dataframe_asset("a"); bd=asset.add_batch_definition_whole_dataframe("b")
r=random.Random(7)
def rows(n,kind):
    null=r.choice([0,0,.2,1 if r.random()<.1 else .1])
    def val():
        if r.random()<null: return None
        return {"int":lambda:r.randint(-3,6),"float":lambda:round(r.gauss(0,2),r.choice([1,3])),"str":lambda:r.choice(["a","b","abc","a1","","é","2024-02-30","2024-02-29","{\"a\":1}","Zed\n"]),"bool":lambda:r.random()<.5}[kind]()
    return [val() for _ in range(n)]
KINDS=["int","float","str","int","float","str"]
def make(n):
    d={}
    for i,k in enumerate(KINDS): d[f"c{i}"]=rows(n,k)
    return d
def exps():
    num=r.choice(["c0","c1","c3","c4"]); s=r.choice(["c2","c5"]); anyc=r.choice([num,s])
    m={} if r.random()<.5 else {"mostly":round(r.random(),2)}
    lo=r.randint(-3,2); hi=lo+r.randint(0,5)
    b={"min_value":lo,"max_value":hi}
    if r.random()<.3: b["strict_min"]=True
    if r.random()<.3: b["strict_max"]=True
    vs=r.sample([-2,-1,0,1,2,3,4],4); ss=r.sample(["a","b","abc","a1","é"],3)
    vset=vs if anyc==num else ss
    return [("expect_column_values_to_be_between",{"column":num,**b,**m}),("expect_column_values_to_not_be_null",{"column":anyc,**m}),("expect_column_values_to_be_null",{"column":anyc,**m}),
    ("expect_column_values_to_be_unique",{"column":anyc,**m}),("expect_column_values_to_be_in_set",{"column":anyc,"value_set":vset,**m}),("expect_column_values_to_not_be_in_set",{"column":anyc,"value_set":vset,**m}),
    ("expect_column_values_to_match_regex",{"column":s,"regex":r.choice(["^a","b$","\\d","[a-z]+$"]),**m}),("expect_column_values_to_not_match_regex",{"column":s,"regex":"^a",**m}),("expect_column_values_to_match_regex_list",{"column":s,"regex_list":["^a","b"],"match_on":r.choice(["any","all"]),**m}),
    ("expect_column_value_lengths_to_be_between",{"column":s,"min_value":1,"max_value":3,**m}),("expect_column_value_lengths_to_equal",{"column":s,"value":1,**m}),("expect_column_values_to_match_strftime_format",{"column":s,"strftime_format":"%Y-%m-%d",**m}),
    ("expect_column_values_to_be_increasing",{"column":num,"strictly":r.random()<.5,**m}) if 0 else ("expect_column_values_to_be_json_parseable",{"column":s,**m}),
    ("expect_column_value_z_scores_to_be_less_than",{"column":num,"threshold":1,"double_sided":r.random()<.5,**m}),
    ("expect_column_min_to_be_between",{"column":num,**b}),("expect_column_max_to_be_between",{"column":num,**b}),("expect_column_mean_to_be_between",{"column":num,**b}),("expect_column_median_to_be_between",{"column":num,**b}),("expect_column_sum_to_be_between",{"column":num,**b}),("expect_column_stdev_to_be_between",{"column":num,**b}),
    ("expect_column_unique_value_count_to_be_between",{"column":anyc,**b}),("expect_column_proportion_of_unique_values_to_be_between",{"column":anyc,"min_value":.3}),
    ("expect_column_quantile_values_to_be_between",{"column":num,"quantile_ranges":{"quantiles":[.1,.5,.9],"value_ranges":[[None,0],[-1,2],[lo,None]]}}),
    ("expect_column_distinct_values_to_be_in_set",{"column":anyc,"value_set":vset}),("expect_column_distinct_values_to_contain_set",{"column":anyc,"value_set":vset[:2]}),("expect_column_distinct_values_to_equal_set",{"column":anyc,"value_set":vset}),
    ("expect_column_most_common_value_to_be_in_set",{"column":anyc,"value_set":vset,"ties_okay":r.random()<.5}),
    ("expect_column_values_to_be_of_type",{"column":anyc,"type_":r.choice(["int","float64","str","int64","float"])}),("expect_column_values_to_be_in_type_list",{"column":anyc,"type_list":["int64","str"]}),
    ("expect_table_row_count_to_be_between",{"min_value":lo,"max_value":20}),("expect_table_row_count_to_equal",{"value":10}),("expect_table_column_count_to_equal",{"value":6}),("expect_table_columns_to_match_set",{"column_set":["c0","c1","zz"],"exact_match":r.random()<.5}),("expect_table_columns_to_match_ordered_list",{"column_list":["c0","c2","c1"]}),("expect_column_to_exist",{"column":"c1","column_index":1}),
    ("expect_column_pair_values_a_to_be_greater_than_b",{"column_A":"c0","column_B":"c3","or_equal":r.random()<.5,"ignore_row_if":r.choice(["both_values_are_missing","either_value_is_missing"]),**m}),("expect_column_pair_values_to_be_equal",{"column_A":"c0","column_B":"c3",**m}),("expect_column_pair_values_to_be_in_set",{"column_A":"c0","column_B":"c3","value_pairs_set":[[0,1],[1,2],[2,2]],**m}),
    ("expect_compound_columns_to_be_unique",{"column_list":["c0","c2"],**m}),("expect_select_column_values_to_be_unique_within_record",{"column_list":["c0","c3"],**m}),("expect_multicolumn_sum_to_equal",{"column_list":["c0","c3"],"sum_total":3,**m}),
    ("expect_column_values_to_be_between",{"column":"c0","min_value":0,"row_condition":"c3 > 1","condition_parser":"pandas"}),
    ]
out=[]
cls={}
for k in dir(gxe):
    c=getattr(gxe,k)
    if isinstance(c,type) and hasattr(c,"expectation_type"): cls[c.expectation_type]=c
for it in range(int(sys.argv[1])):
    n=r.choice([0,1,5,12,30,60]); d=make(n); fmt=r.choice(["BOOLEAN_ONLY","BASIC","SUMMARY","COMPLETE","SUMMARY","COMPLETE"])
    df=pd.DataFrame(d); df.columns=[f"c{i}" for i in range(6)]
    for i,k in enumerate(KINDS):
        if k=="str": df[f"c{i}"]=df[f"c{i}"].astype(object).where(lambda s:s.notna(),None)
    ex=exps(); es=[]; keep=[]
    for t,kw in ex:
        try: es.append(cls[t](**kw)); keep.append((t,kw))
        except Exception as e: print("skip",t,str(e)[:80],file=sys.stderr)
    suite=ExpectationSuite(name=f"s",expectations=es)
    v=bd.get_batch({"dataframe":df}).validate(suite,result_format=fmt)
    res=[x.to_json_dict() for x in v.results]
    out.append({"data":{k:[None if (x is None or x!=x) else x for x in df[k].tolist()] for k in df},"types":{k:str(df[k].dtype) for k in df},"format":fmt,"exps":[{"type":x["expectation_config"]["type"],"kwargs":{k:w for k,w in x["expectation_config"]["kwargs"].items() if k!="batch_id"}} for x in res],"results":res})
json.dump(out, sys.stdout, default=str)
